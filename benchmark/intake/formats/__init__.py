"""The formats that people keep features in, one module each."""

KINDS = (
    ".npz, .npy, .parquet, .csv, .arff, .pt, .safetensors, .h5, .hdf5, .csd, .pkl, .pickle, or a "
    "folder of one file (ID.npy and so on) per utterance"
)
