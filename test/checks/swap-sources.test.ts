/** The simulated boot, run by sh on a machine in namespaces: systemctl and the generators are played by scripts, fstab is that of the machine itself. */
import {chmodSync, mkdirSync, symlinkSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import {nextSwap, programsOfSwap, unitsOfSwap} from '../../src/checks/swap-sources.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {facts, output, site} from './sample.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;
test.beforeEach((t) => {
	t.context = machine();
});
test.afterEach.always((t) => t.context.remove());

const systemctl = `case $* in
list-unit-files*) printf '%s\n' 'swapfile.swap enabled enabled' 'vendor.swap static -' 'gone.swap static -' 'of-fstab.swap generated -' ;;
show*) printf 'Id=zramswap.service\nUnitFileState=enabled\n\nId=dphys-swapfile.service\nUnitFileState=generated\n\nId=zram-config.service\nUnitFileState=\n\nId=swapspace.service\nUnitFileState=disabled\n' ;;
esac`;

const simulate = async (on: Machine, item = 'swap=off') => {
	const {stdout} = await on.sh(`t=$(mktemp -d /run/t.XXXX); set -u -- ${item}; ${nextSwap.sh}`);
	return site({facts: facts({probes: {nextSwap: output(stdout)}})});
};

asRoot('units, generators that the machine has, services and programs are found; what is masked is not', async (t) => {
	const on = t.context;
	on.fake('systemctl', systemctl);
	mkdirSync(on.at('/run/systemd/system-generators'), {recursive: true});
	on.write('/run/systemd/system-generators/zram-generator', '#!/bin/sh\n: >"$1/dev-zram0.swap"\n');
	chmodSync(on.at('/run/systemd/system-generators/zram-generator'), 0o755);
	mkdirSync(on.at('/run/systemd/generator'));
	on.write('/run/systemd/generator/of-fstab.swap', '[Unit]\nSourcePath=/etc/fstab\n');
	const units = '/etc/systemd/system';
	symlinkSync('/dev/null', on.at(`${units}/gone.swap`));
	mkdirSync(on.at(`${units}/multi-user.target.wants`));
	on.write('/srv/mine', '#!/bin/sh\n# swapon is not meant here\nswapon /x\n');
	on.write('/srv/other', '#!/bin/sh\n# never swapon\n');
	on.write(`${units}/mine.service`, '[Service]\nExecStart=-/srv/mine --now\nExecStartPost=/srv/other\n');
	symlinkSync('../mine.service', on.at(`${units}/multi-user.target.wants/mine.service`));
	const found = await simulate(on);
	t.deepEqual(unitsOfSwap(found), [
		{unit: 'dev-zram0.swap', of: 'zram-generator.conf'},
		{unit: 'dphys-swapfile.service', of: 'dphys-swapfile (Raspberry Pi OS)'},
		{unit: 'swapfile.swap', of: 'unit file'},
		{unit: 'vendor.swap', of: 'unit file'},
		{unit: 'zramswap.service', of: 'zram-tools (Debian, Ubuntu)'},
	]);
	t.deepEqual(programsOfSwap(found), [{file: '/srv/mine', unit: 'mine.service'}]);
});

asRoot('where swap may stay, nothing is looked at', async (t) => {
	t.context.fake('systemctl', systemctl);
	t.deepEqual(unitsOfSwap(await simulate(t.context, 'swap=limited')), []);
});
