/** Where kubeadm's files lie on a node. */

import type {Cluster} from '../model.ts';
import {lastValue} from './arguments.ts';

export const kubernetesFolder = '/etc/kubernetes';
export const kubeletFolder = '/var/lib/kubelet';

/** The folders of certificates; the kubelet's moves with its argument `cert-dir` (contract 5.4). */
export function certificateFoldersOf({configuration, registration}: Cluster): {certificates: string; kubelet: string} {
	const kubelet = lastValue(registration.kubeletExtraArgs, 'cert-dir') ?? `${kubeletFolder}/pki`;
	return {certificates: configuration.certificatesDir, kubelet};
}
