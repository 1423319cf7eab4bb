"""Results as a public record: tables that anybody can read, and checks of a stranger's tables."""
