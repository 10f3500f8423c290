/**
 * The porting target for old Java handlers: {@link dev.loomgate.handler.Handler} with a request and a response that read like
 * what CGI programs and servlets used. Ordinary blocking code.
 *
 * <p>Uses nothing of ours: an application compiles against this package alone.
 */
package dev.loomgate.handler;
