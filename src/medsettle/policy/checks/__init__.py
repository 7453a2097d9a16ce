"""What a policy that is well written may still get wrong, one room per matter."""
