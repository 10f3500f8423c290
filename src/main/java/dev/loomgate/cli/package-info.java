/**
 * The command line: one picocli class a command. Turns words and files into calls of {@code server} and {@code config},
 * and failures into one clear line and an exit status.
 *
 * <p>May use {@code server} and {@code config}.
 */
package dev.loomgate.cli;
