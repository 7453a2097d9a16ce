"""One small policy for each shape of rule met in the regions, settled by kernel and oracle."""
