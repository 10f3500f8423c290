/** Servers as processes: how each is set up, started, watched and ended. */
package dev.loomgate.perf.server;
