package dev.loomgate.config;

/**
 * Where a value stands in the file and how it was written there.
 *
 * @param line  line, from 1
 * @param empty whether nothing was written, as after {@code routes:} with nothing below
 */
record Place(int line, boolean empty) {
}
