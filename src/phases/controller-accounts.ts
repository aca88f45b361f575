import {objectStep} from '../contract/objects.ts';
import type {Phase} from '../model.ts';
import {kubernetesVersion} from '../versions.ts';

/** The service accounts, in kube-system, of the controllers that every supported minor runs. */
const names = [
	'attachdetach-controller',
	'bootstrap-signer',
	'certificate-controller',
	'clusterrole-aggregation-controller',
	'cronjob-controller',
	'daemon-set-controller',
	'deployment-controller',
	'disruption-controller',
	'endpoint-controller',
	'endpointslice-controller',
	'endpointslicemirroring-controller',
	'ephemeral-volume-controller',
	'expand-controller',
	'generic-garbage-collector',
	'horizontal-pod-autoscaler',
	'job-controller',
	'kube-apiserver-serving-clustertrustbundle-publisher',
	'legacy-service-account-token-cleaner',
	'namespace-controller',
	'node-controller',
	'persistent-volume-binder',
	'pod-garbage-collector',
	'podcertificaterequestcleaner',
	'pv-protection-controller',
	'pvc-protection-controller',
	'replicaset-controller',
	'replication-controller',
	'resource-claim-controller',
	'resourcequota-controller',
	'root-ca-cert-publisher',
	'service-account-controller',
	'service-cidrs-controller',
	'statefulset-controller',
	'token-cleaner',
	'ttl-after-finished-controller',
	'ttl-controller',
	'volumeattributesclass-protection-controller',
];

/**
 * On a new cluster the controller manager makes an account for each of its controllers before any of them runs, one after the other, three
 * requests each, at 20 requests a second: 5 s of every birth. It takes those that are there as they are, so they are put there in one call
 * while it starts. One that is missing here it makes itself.
 */
export const controllerAccounts: Phase = {
	name: 'controller-accounts',
	title: 'Make the accounts of the controllers',
	on: 'first',
	steps: ({cluster, living}) =>
		[...names, ...kubernetesVersion(cluster.configuration.kubernetesVersion).moreControllers].map((name) => ({
			...objectStep({apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name, namespace: 'kube-system'}}, 'create'),
			...(living ? {} : {as: 'super-admin' as const}),
		})),
};
