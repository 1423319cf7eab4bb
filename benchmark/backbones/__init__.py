"""Pretrained encoders that models of the published track are built on."""
