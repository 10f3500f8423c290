package dev.loomgate.hostile;

import dev.loomgate.guard.Reason;
import dev.loomgate.testing.Bystander;

/**
 * How hostile clients reach a limit.
 *
 * @param name   of the attack
 * @param target the server that has the limit
 * @param reason what the server counts when it is reached
 * @param act    what they do
 */
record Attack(String name, Target target, Reason reason, Attackers.Act act) {
    /**
     * What is attacked.
     *
     * @param listener keys of the listener
     * @param guard    keys of {@code guard}
     * @param route    keys of the route {@code /slow}
     * @param other    how a client asks that does nothing wrong
     * @param apart    whether that client comes to a listener of its own
     */
    record Target(String listener, String guard, String route, Bystander.Manner other, boolean apart) {
        static Target guard(String keys) {
            return new Target("", keys, "", Bystander.Manner.ORDINARY, false);
        }

        static Target route(String keys) {
            return new Target("", "", keys, Bystander.Manner.ORDINARY, false);
        }

        static Target behindProxy(String listener, String keys, Bystander.Manner other) {
            return new Target(listener, keys, "", other, false);
        }
    }

    static Attack onAll(String name, String guard, Reason reason, Attackers.Act act) {
        return new Attack(name, Target.guard(guard), reason, act);
    }

    static Attack onRoute(String name, String route, Reason reason, Attackers.Act act) {
        return new Attack(name, Target.route(route), reason, act);
    }

    @Override
    public String toString() {
        return name;
    }
}
