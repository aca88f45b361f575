/** What a proof puts into a cluster, as data. */
import {label, port} from './scene.ts';

export const agents = 'agent';
export const service = 'web';
export const deployment = 'rolling';

/** The namespace and all that is in it, as one List for `kubectl apply`. `image` is a full reference of busybox. */
export function manifests(namespace: string, image: string): object {
	const inside = (name: string) => ({name, namespace, labels: {app: name, [label]: 'true'}});
	return {
		apiVersion: 'v1',
		kind: 'List',
		items: [
			{apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace, labels: {[label]: 'true'}}},
			{
				apiVersion: 'apps/v1',
				kind: 'DaemonSet',
				metadata: inside(agents),
				spec: {selector: {matchLabels: {app: agents}}, template: podTemplate(agents, image)},
			},
			{
				apiVersion: 'v1',
				kind: 'Service',
				metadata: inside(service),
				spec: {selector: {app: agents}, ports: [{port, targetPort: port}]},
			},
			{
				apiVersion: 'apps/v1',
				kind: 'Deployment',
				metadata: inside(deployment),
				spec: {replicas: 2, selector: {matchLabels: {app: deployment}}, template: podTemplate(deployment, image)},
			},
		],
	};
}

function podTemplate(app: string, image: string): object {
	return {
		metadata: {labels: {app, [label]: 'true'}},
		spec: {
			// Every node has to show that it works, whatever it is tainted for.
			tolerations: [{operator: 'Exists'}],
			automountServiceAccountToken: false,
			// httpd is process 1 and has no handler for SIGTERM: waiting for it is in vain.
			terminationGracePeriodSeconds: 1,
			securityContext: {runAsNonRoot: true, runAsUser: 65534, seccompProfile: {type: 'RuntimeDefault'}},
			containers: [
				{
					name: app,
					image,
					imagePullPolicy: 'IfNotPresent',
					command: ['sh', '-c', `hostname > /www/name && echo "ready: $(hostname)" && exec httpd -f -p ${port} -h /www`],
					readinessProbe: {tcpSocket: {port}, periodSeconds: 1},
					securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
					volumeMounts: [{name: 'www', mountPath: '/www'}],
				},
			],
			volumes: [{name: 'www', emptyDir: {}}],
		},
	};
}
