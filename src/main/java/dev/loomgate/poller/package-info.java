/**
 * How threads wait for sockets: they are parked ({@link dev.loomgate.poller.ParkedSocket}) until a poller of our own
 * ({@link dev.loomgate.poller.Poller}), itself a virtual thread, finds that they can go on.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.poller;
