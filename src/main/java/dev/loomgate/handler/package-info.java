/**
 * The porting target for old Java handlers: {@link dev.loomgate.handler.Handler} with a request and a response that read like
 * what CGI programs and servlets used. Ordinary blocking code.
 *
 * <p>An application compiles against this package alone; within, it uses what {@code transport} says that a request can do.
 */
package dev.loomgate.handler;
