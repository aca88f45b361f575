import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {components, kubernetesVersions, versionsOf} from '../../hack/laboratory/components.ts';
import {imageRows} from '../../hack/laboratory/images.ts';
import {modules} from '../../hack/laboratory/places.ts';
import {releaseRows} from '../../hack/laboratory/releases.ts';
import {artifactVersions, kubernetesVersion} from '../../src/versions.ts';

const known = new Set(components.flatMap(({name, binaries}) => Object.keys(binaries).map((binary) => `${name}/${binary}`)));

test('every component is pinned, at the version of its row', (t) => {
	for (const {name, modules: required} of components) {
		t.true(existsSync(join(modules, name, 'go.sum')), name);
		const pins = readFileSync(join(modules, name, 'go.mod'), 'utf8');
		for (const module of required) t.true(pins.includes(module.replace('@', ' ')), `${name} requires ${module}`);
	}
});

for (const versions of kubernetesVersions) {
	test(`every part of the mirror for ${versions.kubernetes} comes from a component`, (t) => {
		for (const {ref, parts} of imageRows(versions))
			for (const part of Object.values(parts)) t.true(known.has(part), `${ref}: ${part}`);
		for (const {key, file} of releaseRows(versions.kubernetes)) {
			if (typeof file === 'string') t.true(known.has(file), key);
			else
				t.true(
					[...known].some((part) => part.startsWith(`${file.component}/`)),
					key,
				);
		}
	});

	test(`the mirror for ${versions.kubernetes} holds what kubestrap will ask for`, (t) => {
		const row = kubernetesVersion(versions.kubernetes);
		t.is(versions.etcdTag, row.etcdTag);
		t.is(versions.coredns, row.coredns);
		t.is(versions.pause, row.pause);
		const keys = releaseRows(versions.kubernetes).map(({key}) => key);
		for (const name of ['containerd', 'runc', 'cni-plugins', 'crictl'] as const) {
			t.true(keys.includes(`${name}/${artifactVersions[name]}/amd64`), name);
		}
		const refs = imageRows(versions).map(({ref}) => ref);
		t.true(refs.includes(`ghcr.io/flannel-io/flannel:${artifactVersions.flannel}`));
		t.true(refs.includes(`ghcr.io/flannel-io/flannel-cni-plugin:${artifactVersions.flannelCni}`));
		t.true(refs.includes(`docker.io/library/busybox:${artifactVersions.busybox}`));
	});
}

test('an unknown Kubernetes version is refused with those that are known', (t) => {
	t.throws(() => versionsOf('v1.2.3'), {message: /v1\.2\.3.*v1\.37\.1, v1\.36\.4/});
});
