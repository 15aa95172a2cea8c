"""An agreement from draft to end: who may do what when, and whom a change concerns."""
