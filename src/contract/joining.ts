/** Facts that the phases of a join share. */
import type {Site} from '../model.ts';
import {certificateFoldersOf} from './folders.ts';

/**
 * The group of the token that machines join with. It is not kubeadm's group, so the controller that approves by itself does not approve: we do,
 * after a look at the key on the machine.
 */
export const joinGroup = 'system:bootstrappers:kubestrap:join';

export const bootstrapKubeconfig = '/etc/kubernetes/bootstrap-kubelet.conf';

/** Where the kubelet keeps its key until its request is answered. */
export const waitingKey = 'kubelet-client.key.tmp';

export const currentPem = 'kubelet-client-current.pem';

/** Whether the kubelet of a machine that joins has its certificate already: an earlier run came that far. */
export function hasCertificate({facts}: Pick<Site, 'facts'>, cluster: Parameters<typeof certificateFoldersOf>[0]): boolean {
	return facts.files[`${certificateFoldersOf(cluster).kubelet}/${currentPem}`] !== undefined;
}
