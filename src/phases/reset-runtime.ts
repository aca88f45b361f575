import {isOurRuntime, ownedOf, wasRunning} from '../contract/whose.ts';
import type {Cluster, Phase, Site, Step} from '../model.ts';
import {undone} from './reset-kubelet.ts';

/** `sh -c SCRIPT sh SOCKET REF…`: of these images those that are there. */
const images = `
socket=$1
shift
there() { crictl -r "$socket" images | while read -r ref tag rest; do for wanted; do [ "$ref:$tag" != "$wanted" ] || echo "$wanted"; done; done; }
[ -S "\${socket#unix://}" ] || exit 0
`;
const imagesGone = `${images}[ -z "$(there "$@")" ]`;
const takeImages = `${images}crictl -r "$socket" rmi $(there "$@")`;

/** A containerd that came with us goes with all that it holds; one that was there before loses the images that we pulled. */
export const resetRuntime: Phase = {
	name: 'reset-runtime',
	title: 'Take the container runtime away, or only our images',
	on: 'every',
	steps: ({cluster, site}): Step[] => {
		const stopped = ownedOf(site, 'service').filter((owned) => owned.name === 'containerd.service' && !wasRunning(owned));
		const state: Step[] = isOurRuntime(site)
			? [
					{kind: 'unmounted', path: '/run/containerd'},
					{kind: 'unmounted', path: '/var/lib/containerd'},
				]
			: [];
		return [...(isOurRuntime(site) ? [] : pulled(cluster, site)), ...stopped.map(undone), ...state];
	},
};

function pulled(cluster: Cluster, site: Site): Step[] {
	const refs = ownedOf(site, 'image').map(({name}) => name);
	const args = [cluster.registration.criSocket, ...refs];
	const command = {sh: takeImages, args};
	return refs.length === 0
		? []
		: [{kind: 'run', title: 'remove the images that were pulled', command, unless: {sh: imagesGone, args}}];
}
