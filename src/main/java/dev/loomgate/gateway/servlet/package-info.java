/**
 * Servlets: Tomcat's container behind our transport. See {@link dev.loomgate.gateway.servlet.ServletContainer}.
 */
package dev.loomgate.gateway.servlet;
