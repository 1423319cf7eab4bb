"""What a corpus holds, in numbers and pictures: classes per part, speakers, a view of features."""
