/**
 * Builds the parts from the configuration and runs them: start, drain, stop. The only place that knows every other package.
 */
package dev.loomgate.server;
