/**
 * What browsers and their users expect around the answers of any handler: header fields, CORS, compression, passwords and error
 * pages. Knows nothing of what answers. Uses {@code route} for the place around a route, {@code transport} for a request's id, and
 * {@code gateway} to say who the user is.
 */
package dev.loomgate.web;
