"""How good answers are: classes, entities, translations; each with intervals."""
