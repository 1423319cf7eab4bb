// A browser starts no worker for a page that was opened as a file. There, the search runs in a
// hidden frame in the worker's place; on a server this script does nothing.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(address) {
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.inside = new Promise((resolve) => {
        frame.addEventListener("load", () => resolve(frame.contentWindow));
      });
      // A worker answers later and with a copy.
      frame.answer = (data) => {
        const event = new MessageEvent("message", { data: structuredClone(data) });
        setTimeout(() => this.onmessage?.(event));
      };
      const script = document.createElement("script");
      script.src = new URL(address, location.href).href;
      const answers = "<script>window.postMessage = (data) => frameElement.answer(data);</script>";
      frame.srcdoc = answers + script.outerHTML;
      document.body.append(frame);
      this.frame = frame;
    }

    postMessage(data) {
      const event = new MessageEvent("message", { data: structuredClone(data) });
      this.inside.then((page) => setTimeout(() => page.dispatchEvent(event)));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
