"""Corpora: one file per corpus, and the representations."""

if __name__ != "emobench.datasets":
    # transformers and others do `import datasets` and mean Hugging Face's package. With the
    # repository root on sys.path they would get this folder.
    raise ImportError(
        f"this folder is emobench.datasets and was imported as {__name__!r}: the repository root "
        "is on sys.path before site-packages. Import emobench.datasets, or start from elsewhere."
    )
