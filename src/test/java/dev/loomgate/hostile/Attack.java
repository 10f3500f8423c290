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
     */
    record Target(String listener, String guard, String route, Bystander.Manner other) {
        static Target guard(String keys) {
            return new Target("", keys, "", Bystander.Manner.ORDINARY);
        }

        static Target route(String keys) {
            return new Target("", "", keys, Bystander.Manner.ORDINARY);
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
