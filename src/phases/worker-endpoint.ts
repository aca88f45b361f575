import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {isMoved, untilEndpointAnswers} from '../contract/endpoint-ready.ts';
import {kubeletConf} from '../contract/kubeconfigs.ts';
import type {Phase} from '../model.ts';

/**
 * A worker has no API server of its own: its kubelet needs the endpoint. On a new cluster the kubelet tries by itself until it answers. On one that
 * lives it is pointed there only now, as it would lose its node else.
 */
export const workerEndpoint: Phase = {
	name: 'worker-endpoint',
	title: 'Wait until the endpoint of the API answers to the worker',
	on: 'worker',
	steps: (scope) => [
		...untilEndpointAnswers(scope),
		...(isMoved(scope.site, controlPlaneEndpoint(scope.cluster, scope.sites).url)
			? [...kubeletConf(scope), {kind: 'service', unit: 'kubelet.service', state: 'started', enabled: true} as const]
			: []),
	],
};
