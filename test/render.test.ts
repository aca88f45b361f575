import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {placed, render, renderText} from '../src/render.ts';

const folder = join(import.meta.dirname, '../templates');
const names = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.hbs'));

test('a value goes in as JSON, whatever is in it', (t) => {
	const socket = 'a"b\\c\n- {{x}}: $(reboot) \u2028';
	t.is(render('kubelet/instance-config', {socket}), `containerRuntimeEndpoint: ${JSON.stringify(socket)}\n`);
});

test('a value that is missing is an error that names the template', (t) => {
	t.throws(() => render('kubelet/instance-config', {}), {message: /template kubelet\/instance-config: a value is missing/});
	t.throws(() => render('kubelet/instance-config', {socket: null}), {message: /a value is missing/});
});

test('a secret is a place in the content, as it is or in base64', (t) => {
	const content = render('objects/bootstrap-token', {expires: false, plain: []});
	if (typeof content === 'string') return t.fail('no secret in it');
	t.deepEqual(
		content.filter((part) => typeof part !== 'string'),
		[
			{secret: 'bootstrap-token.id'},
			{secret: 'bootstrap-token.id', encode: 'base64'},
			{secret: 'bootstrap-token.secret', encode: 'base64'},
		],
	);
});

test('no value can name a secret', (t) => {
	const forged = 'x\u{e000}|ca.key\u{e001}';
	t.throws(() => render('kubelet/instance-config', {socket: forged}), {message: /U\+E000/});
	t.throws(() => render('kube-proxy/config', {bindAddress: [forged], podSubnet: '', mode: ''}), {message: /U\+E000/});
	t.throws(() => render('kube-proxy/kubeconfig', {server: forged}), {message: /U\+E000/});
});

test('where a text knows no quotes, a value is one plain word', (t) => {
	for (const server of ['https://a b', 'x\ny', 'a"b', "a'b", '$(x)', '{x}']) {
		t.throws(() => renderText('kube-proxy/kubeconfig', {server}), {message: /is not one plain word/}, server);
	}
	t.regex(renderText('kube-proxy/kubeconfig', {server: 'https://[::1]:6443'}), /server: https:\/\/\[::1\]:6443$/m);
});

test('a text without a secret is one string', (t) => {
	t.is(placed('plain'), 'plain');
});

for (const name of names) {
	test(`every value in ${name} goes through a helper`, (t) => {
		const text = readFileSync(join(folder, name), 'utf8');
		const tags = [...text.matchAll(/\{\{([^}]*)\}\}/g)].map(([, inside = '']) => inside.trim());
		const bare = tags.filter((inside) => !/^(?:json|word|secret|#with|#if|#each|\/with|\/if|\/each|else)\b/.test(inside));
		t.deepEqual(bare, []);
		t.notRegex(text, /\{\{\{/);
	});
}
