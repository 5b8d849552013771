import { connect } from 'node:net';
import { readFile, readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../../src-main/contract/wire.ts';
import { endOf, startTestHost, type TestHost } from './fixture.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('the web host and strangers', () => {
  let host: TestHost;
  beforeAll(async () => (host = await startTestHost()));
  afterAll(() => host.close());

  it('listens on 127.0.0.1 only', async () => {
    const others = ['::1', ...Object.values(networkInterfaces()).flatMap((list) => list?.filter((i) => !i.internal).map((i) => i.address) ?? [])];
    for (const address of others) {
      const outcome = await new Promise((done) => {
        const socket = connect({ host: address, port: host.port, timeout: 1000 });
        socket.on('connect', () => done('connected')).on('error', () => done('refused'));
        socket.on('timeout', () => done('refused'));
        socket.on('close', () => socket.destroy());
      });
      expect(outcome, address).toBe('refused');
    }
  });

  it.each(['evil.example', 'evil.example:PORT', '127.0.0.1', 'localhost', '127.0.0.1:1', '127.0.0.1:PORT.', '127.1:PORT', '[::1]:PORT', 'a@127.0.0.1:PORT'])(
    'answers Host "%s" with 421, whatever is asked',
    async (name) => {
      const headers = { host: name.replace('PORT', String(host.port)) };
      expect((await host.send('GET', '/', headers)).status).toBe(421);
      expect((await host.send('GET', '/assets/a-1.js', headers)).status).toBe(421);
      expect((await host.send('POST', '/session', { ...JSON_TYPE, ...headers }, '{}')).status).toBe(421);
      expect((await host.send('OPTIONS', '/', headers)).status).toBe(421);
      expect(await endOf(host.socket('', { ...headers, origin: `http://${headers.host}` }))).toBe('refused 421');
    },
  );

  it('answers a request without Host with 421', async () => {
    const reply = await new Promise<string>((done) => {
      const socket = connect(host.port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
      socket.on('data', (data) => done(String(data)));
    });
    expect(reply).toMatch(/^HTTP\/1\.1 421 /);
  });

  it.each(['127.0.0.1', 'localhost'])('serves the page under %s', async (name) => {
    const reply = await host.send('GET', '/', { host: `${name}:${host.port}`, 'sec-fetch-site': 'none' });
    expect(reply).toMatchObject({ status: 200, text: '<!doctype html>' });
  });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://127.0.0.1', 'http://localhost:PORT', 'https://127.0.0.1:PORT'])(
    'refuses the Origin "%s"',
    async (origin) => {
      const headers = { origin: origin.replace('PORT', String(host.port)) };
      expect((await host.send('GET', '/', headers)).status).toBe(403);
      expect((await host.send('POST', '/session', { ...JSON_TYPE, ...headers }, '{}')).status).toBe(403);
      expect(await endOf(host.socket(await host.token(), headers))).toBe('refused 403');
    },
  );

  it('refuses a WebSocket without an Origin', async () => {
    expect(await endOf(host.socket(await host.token(), {}))).toBe('refused 403');
  });

  it('knows no CORS: OPTIONS is 405 and no answer carries a CORS header', async () => {
    for (const [method, status] of Object.entries({ OPTIONS: 405, GET: 200, PUT: 405, DELETE: 405, TRACE: 405 })) {
      const reply = await host.send(method, '/', { 'access-control-request-method': 'POST' });
      expect(reply.status, method).toBe(status);
      expect(Object.keys(reply.headers).filter((header) => header.startsWith('access-control'))).toEqual([]);
    }
  });

  it.each([
    ['same-origin', 200],
    ['none', 200],
    ['same-site', 403],
    ['cross-site', 403],
    ['', 403],
  ])('answers Sec-Fetch-Site "%s" with %i', async (site, status) => {
    expect((await host.send('GET', '/', { 'sec-fetch-site': site })).status).toBe(status);
  });

  it('sends the security headers with every answer', async () => {
    const { headers } = await host.send('GET', '/');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; " +
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue calibrant-worker",
    );
    const api = await host.send('POST', '/session', JSON_TYPE, '{}');
    expect(api.headers).toMatchObject({ 'cache-control': 'no-store', 'content-security-policy': headers['content-security-policy'] });
  });

  it.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%5cpackage.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fx',
    '//etc/passwd',
    '/\\etc\\passwd',
    '/%00',
    '/assets/',
    '/assets',
    '/INDEX.HTML',
    'http://evil.example/',
    '/constructor',
    '/__proto__',
    '/socket',
    '/session',
  ])(
    // prettier-ignore
    'has nothing at %s',
    async (target) => {
      expect((await host.send('GET', target)).status).toBe(404);
    },
  );

  it('serves what is on its list, with its type and how long it may be kept', async () => {
    expect((await host.send('GET', '/assets/a-1.js?x')).headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(await host.send('HEAD', '/')).toMatchObject({ status: 200, text: '', headers: { 'cache-control': 'no-cache', 'content-length': '15' } });
  });
});

describe('the link and the token', () => {
  let host: TestHost;
  afterEach(() => host.close());
  const codeOf = (link: string | undefined): string => link?.split('#code=')[1] ?? '';
  const redeem = (code: unknown, headers: Record<string, string> = JSON_TYPE, body = JSON.stringify({ code })) => host.send('POST', '/session', headers, body);

  it('has 256 random bits in each, the code in the fragment, and a code works once', async () => {
    host = await startTestHost();
    const code = codeOf(host.links[0]);
    expect(host.links[0]).toBe(`http://127.0.0.1:${host.port}/#code=${code}`);
    expect(Buffer.from(code, 'base64url')).toHaveLength(32);
    const first = await redeem(code);
    expect(first.status).toBe(200);
    expect(Buffer.from((JSON.parse(first.text) as { token: string }).token, 'base64url')).toHaveLength(32);
    expect(await redeem(code)).toMatchObject({ status: 403 });
  });

  it('shows a fresh link when one was used, and a wrong code uses up nothing', async () => {
    host = await startTestHost();
    await redeem('wrong');
    expect(host.links).toHaveLength(1);
    const token = await host.token();
    expect(host.links).toHaveLength(2);
    expect(host.links[1]).not.toBe(host.links[0]);
    expect(await host.token()).toBe(token);
    expect(host.links.join()).not.toContain(token);
  });

  it.each([undefined, null, 1, '', 'x'.repeat(101), { a: 1 }])('does not take %j for a code', async (code) => {
    host = await startTestHost();
    expect((await redeem(code)).status).toBeGreaterThanOrEqual(400);
    expect((await redeem(codeOf(host.links[0]))).status).toBe(200);
  });

  it('takes JSON only', async () => {
    host = await startTestHost();
    const code = codeOf(host.links[0]);
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'text/plain; application/json', '']) {
      expect((await redeem(code, { 'content-type': type })).status).toBe(415);
    }
    for (const body of ['{', '', '[]', 'x'.repeat(5000)]) expect((await redeem(code, JSON_TYPE, body)).status).toBe(400);
    expect((await redeem(code, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
  });

  it('is made on request for whoever has the token, and the announced one stays good', async () => {
    host = await startTestHost();
    const ask = (token: string) => host.send('POST', '/link', { authorization: `Bearer ${token}` });
    expect((await ask('')).status).toBe(401);
    expect((await ask('wrong')).status).toBe(401);
    const { link } = JSON.parse((await ask(await host.token())).text) as { link: string };
    expect((await redeem(codeOf(link))).status).toBe(200);
    expect((await redeem(codeOf(link))).status).toBe(403);
    expect((await redeem(codeOf(host.links[1]))).status).toBe(200);
  });

  it('stops guessing', async () => {
    host = await startTestHost({ wrongCodes: 3 });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await redeem(`guess ${i}`)).status);
    expect(statuses).toEqual([403, 403, 403, 429, 429]);
  });
});

describe('the socket', () => {
  let host: TestHost;
  afterEach(() => host.close());

  it.each(['', 'x', 'x'.repeat(100_000), Buffer.from([0, 1, 2]), encodeFrame({ id: 1, call: 'projects.list', input: {} }) as Buffer])(
    'closes with 4401 when the first message is no token (%#)',
    async (first) => {
      host = await startTestHost();
      expect(await endOf(host.socket(first))).toBe(4401);
      expect(host.app.dispatched).toEqual([]);
      expect(host.app.subscribers).toBe(0);
    },
  );

  it('closes with 4401 when no token comes in time', async () => {
    host = await startTestHost({ tokenWithin: 50 });
    expect(await endOf(host.socket())).toBe(4401);
  });

  it('does not take a token as binary', async () => {
    host = await startTestHost();
    expect(await endOf(host.socket(Buffer.from(await host.token())))).toBe(4401);
  });

  async function opened(limits: Parameters<typeof startTestHost>[0] = {}) {
    host = await startTestHost(limits);
    const socket = host.socket(await host.token());
    await new Promise((done) => socket.once('message', done));
    return socket;
  }

  it('answers, and forgets its listeners when it is closed', async () => {
    const socket = await opened();
    socket.send(encodeFrame({ id: 7, call: 'projects.list', input: {} }));
    const answer = await new Promise<Buffer>((done) => socket.once('message', (data) => done(data as Buffer)));
    expect(decodeFrame(answer)).toEqual({ id: 7, ok: true, value: [] });
    expect(host.app.subscribers).toBe(1);
    socket.close();
    await expect.poll(() => host.app.subscribers).toBe(0);
  });

  it.each(['text', Buffer.from([]), Buffer.from([255, 255, 255, 255]), encodeFrame({ call: 'projects.list' }) as Buffer, encodeFrame(null) as Buffer])(
    'closes with 1007 on what is no request (%#)',
    async (message) => {
      const socket = await opened();
      socket.send(message);
      expect(await endOf(socket)).toBe(1007);
      expect(host.app.dispatched).toEqual([]);
    },
  );

  it('closes on a message that is too large', async () => {
    const socket = await opened({ messageBytes: 1000 });
    socket.send(Buffer.alloc(1001));
    expect(await endOf(socket)).toBe(1009);
  });

  it('closes on too many messages', async () => {
    const socket = await opened({ burst: 10, perSecond: 1 });
    for (let id = 0; id < 20; id++) socket.send(encodeFrame({ id, call: 'projects.list', input: {} }));
    expect(await endOf(socket)).toBe(1008);
    expect(host.app.dispatched).toHaveLength(10);
  });

  it('refuses more sockets than its limit', async () => {
    await opened({ sockets: 1 });
    expect(await endOf(host.socket('x'))).toBe('refused 503');
  });

  it('has one address', async () => {
    host = await startTestHost();
    const { port } = host;
    const reply = await host.send('GET', '/other', { connection: 'upgrade', upgrade: 'websocket', origin: `http://127.0.0.1:${port}` });
    expect(reply.status).toBe(404);
  });

  it('closes its sockets when the host closes', async () => {
    const socket = await opened();
    const end = endOf(socket);
    await host.close();
    expect(await end).toBe(1001);
  });
});

describe('a dropped file', () => {
  let host: TestHost;
  afterEach(() => host.close());
  const put = async (name: string, body: Buffer, headers: Record<string, string> = { 'transfer-encoding': 'chunked' }) =>
    host.send(
      'POST',
      `/upload?name=${encodeURIComponent(name)}`,
      { authorization: `Bearer ${await host.token()}`, 'content-type': 'application/octet-stream', ...headers },
      body,
    );

  it('is copied under its own name, inside the data folder', async () => {
    host = await startTestHost();
    const body = Buffer.alloc(3_000_000, 7);
    const reply = await put('mödel v2.onnx', body);
    const { path } = JSON.parse(reply.text) as { path: string };
    expect(path.startsWith(host.app.incoming)).toBe(true);
    expect(path.endsWith('mödel v2.onnx')).toBe(true);
    expect(Buffer.compare(await readFile(path), body)).toBe(0);
  });

  it.each(['../../../etc/passwd', '..\\..\\x', '/etc/passwd', '', '..', '.', 'a\0b', 'C:evil', 'NUL', `${'ä'.repeat(300)}.onnx`])(
    'cannot leave it by its name (%j)',
    async (name) => {
      host = await startTestHost();
      const { path } = JSON.parse((await put(name, Buffer.from('x'))).text) as { path: string };
      expect(path.slice(host.app.incoming.length)).toMatch(/^\/[0-9a-f-]{36}\/[^/\\:]+$/);
      expect(await readFile(path, 'utf8')).toBe('x');
    },
  );

  it('leaves nothing behind when it is too large', async () => {
    host = await startTestHost({ uploadBytes: 1000 });
    expect(await put('big.onnx', Buffer.alloc(1001))).toMatchObject({ status: 413 });
    expect(await put('big.onnx', Buffer.alloc(1001), { 'content-length': '1001' })).toMatchObject({ status: 413 });
    expect(await readdir(host.app.incoming)).toEqual([]);
  });

  it('leaves nothing behind when the connection breaks', async () => {
    host = await startTestHost();
    const token = await host.token();
    await new Promise<void>((done) => {
      const socket = connect(host.port, '127.0.0.1', () => {
        socket.write(`POST /upload?name=a.onnx HTTP/1.1\r\nhost: 127.0.0.1:${host.port}\r\nauthorization: Bearer ${token}\r\n`);
        socket.write('content-type: application/octet-stream\r\ncontent-length: 1000\r\n\r\nhalf');
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on('close', () => done());
    });
    await expect.poll(() => readdir(host.app.incoming)).toEqual([]);
  });

  it('needs the token and the type', async () => {
    host = await startTestHost();
    const body = Buffer.from('x');
    expect((await put('a.onnx', body, { authorization: '' })).status).toBe(401);
    expect((await put('a.onnx', body, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await put('a.onnx', body, { 'content-type': 'multipart/form-data' })).status).toBe(415);
    expect(await readdir(host.app.incoming)).toEqual([]);
  });
});
