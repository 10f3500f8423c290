/**
 * The classic models of servers, one small file each, to be read side by side: what differs between them is which thread does
 * what, and nothing else. They speak as much HTTP/1.1 as the load generator does ({@link dev.loomgate.perf.model.Conversation})
 * and have no limits or deadlines, so they are no servers for anything but comparison. Each is a program whose argument is a
 * port on 127.0.0.1. Virtual threads are what Loomgate itself stands for, and the two models with processes are its
 * {@code handler: cgi}, by fork server and by fork and exec.
 */
package dev.loomgate.perf.model;
