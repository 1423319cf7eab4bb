"""The formats that people keep features in, one module each."""

KINDS = ".npz, .parquet, .h5, .hdf5, .csd, .pkl, .pickle, or a folder of ID.npy"
