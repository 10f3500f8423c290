/**
 * The configuration as immutable records, read from YAML and validated as a whole: every mistake is reported with the file,
 * the line and the key path, the value found and what is allowed.
 *
 * <p>Uses nothing of ours, so that every record can be built by hand in a test.
 */
package dev.loomgate.config;
