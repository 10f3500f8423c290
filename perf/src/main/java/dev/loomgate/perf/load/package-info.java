/** The load generator: blocking clients on virtual threads, in a process and on a processor of its own. */
package dev.loomgate.perf.load;
