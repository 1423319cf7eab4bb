"""What a section opens with: a sentence, a chart and a ranking, one view for each regime."""
