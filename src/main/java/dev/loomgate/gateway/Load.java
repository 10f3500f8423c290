package dev.loomgate.gateway;

/**
 * What a gateway has to do at a moment.
 *
 * @param running   requests that it works on
 * @param places    requests that it may work on at once; 0 for as many as come
 * @param waiting   requests that wait for a place
 * @param refused   requests that were refused since the start because too many waited, or for too long
 * @param processes processes that it keeps: fork servers, or responders that it has started; 0 if it keeps none
 * @param forks     children that fork servers have made since the start: one for a request, or for many
 */
public record Load(int running, int places, int waiting, long refused, int processes, long forks) {
}
