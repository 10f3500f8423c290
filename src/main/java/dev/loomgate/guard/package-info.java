/**
 * Overload protection: which connections are let in, how much each may do, and what is counted and logged when one is turned
 * away. It knows addresses, numbers and the state of the machine; sockets and HTTP belong to others, who ask it.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.guard;
