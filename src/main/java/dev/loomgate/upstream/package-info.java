/**
 * How other programs are reached: where they listen ({@link dev.loomgate.upstream.Endpoint}), a connection to one
 * ({@link dev.loomgate.upstream.Connection}), and how many there may be, how long one is waited for, and how soon a program that
 * could not be reached is tried again ({@link dev.loomgate.upstream.Pool}). Everything is blocking code for virtual threads, which
 * park.
 *
 * <p>May use {@code poller} and {@code names}.
 */
package dev.loomgate.upstream;
