"""Text, words and quantities in Chinese and English: what comparing and citing need to know."""
