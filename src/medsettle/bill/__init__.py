"""From fee lines to the four amounts: lines, catalogue, who pays the rest."""
