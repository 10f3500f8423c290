package dev.loomgate.gateway.servlet;

/** An application can't be read, or does not start. */
public final class DeploymentException extends Exception {
    /** With a reason for whoever operates the server. */
    public DeploymentException(String message, Throwable cause) {
        super(message, cause);
    }
}
