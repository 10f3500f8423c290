/** The blocking handler that all models and servers run, and what it waits for. */
package dev.loomgate.perf.work;
