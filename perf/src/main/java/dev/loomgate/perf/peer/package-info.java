/** Other servers for the JVM with the same handler. Each is a program whose first argument is a port on 127.0.0.1. */
package dev.loomgate.perf.peer;
