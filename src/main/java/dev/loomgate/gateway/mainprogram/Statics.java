package dev.loomgate.gateway.mainprogram;

/**
 * The static fields that one class of a program has in one request. For each class with such fields a subclass is generated,
 * whose fields they are.
 */
public abstract class Statics {
    /** For generated classes. */
    protected Statics() {
    }

    /** Runs what was the class's static initialiser. */
    protected abstract void initialise();
}
