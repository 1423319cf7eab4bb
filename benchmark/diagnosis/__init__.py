"""What ``emobench doctor`` looks at: this machine, its software, its folders and its corpora."""
