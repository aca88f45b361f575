/** An endpoint of the API that does not lead to it: the config gets one, the machine something behind it. */
import type {Row} from './row.ts';

const at = (address: string) => (text: string) => text.replace('spec:\n', `spec:\n  controlPlaneEndpoint: ${address}\n`);
const hosts = 'echo "$(hostname -I | cut -d " " -f 1) api.cause.example" >>/etc/hosts';
const row = (id: string, how: string, sh: string, expects: string, endpoint = 'api.cause.example:7443'): Row => ({
	id,
	how,
	inject: [['cp1', sh]],
	phase: 'endpoint-ready',
	config: at(endpoint),
	expects,
	seconds: 6,
	anew: [],
});

export const endpointRows: readonly Row[] = [
	row('endpoint-name', 'a name that does not resolve', ':', 'endpoint-name', 'api.nowhere.example:6443'),
	row('endpoint-down', 'nothing listens at the endpoint', hosts, 'endpoint-down'),
	row('endpoint-empty', 'a balancer with nobody behind it', `${hosts}; thief 7443 SYSTEM:true`, 'endpoint-empty'),
	row(
		'endpoint-other',
		'a plain web server at the endpoint',
		`${hosts}; thief 7443 'SYSTEM:printf "HTTP/1.0 200 OK\\r\\n\\r\\nhello"'`,
		'endpoint-other',
	),
	row(
		'endpoint-certificate',
		'the API under a name that its certificate does not have',
		`${hosts}; thief 7443 TCP:127.0.0.1:6443`,
		'endpoint-certificate',
	),
	row(
		'endpoint-lost',
		'packets to the endpoint get no answer',
		`${hosts}; iptables -I INPUT -p tcp --dport 7443 -m comment --comment cause-test -j DROP`,
		'endpoint-lost',
	),
	{
		...row('api-down', 'the API server itself is dead, with the endpoint', '', 'api-down'),
		anew: ['cp1'],
		inject: [['cp1', `${hosts}; mv $manifests/kube-apiserver.yaml /root/cause/; end kube-apiserver; later`]],
	},
];
