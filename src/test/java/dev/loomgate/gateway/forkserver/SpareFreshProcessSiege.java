package dev.loomgate.gateway.forkserver;

/** What a script can tell apart from a process of its own, where that was forked ahead of the request. */
class SpareFreshProcessSiege extends FreshProcessTest {
    @Override
    ForkServerSettings.Spare spare() {
        return new ForkServerSettings.Spare(2, 64);
    }
}
