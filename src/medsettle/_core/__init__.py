"""Evaluation: a plain C kernel (`kernel.h`) under a thin Cython layer (`engine`)."""
