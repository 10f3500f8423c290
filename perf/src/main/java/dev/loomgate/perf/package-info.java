/** Compares server models and servers that run the same blocking handler, and reports it: {@link dev.loomgate.perf.Compare}. */
package dev.loomgate.perf;
