/**
 * Java CGI programs with a main method, many requests at a time in one JVM.
 */
package dev.loomgate.gateway.mainprogram;
