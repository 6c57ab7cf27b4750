// What a page of the truth rig does by itself. T (from feeds.py) has the site's sizes and times; the
// person (person.py) scrolls, reads on, goes to the next clip, uploads, leaves. truth-chance has a model of
// it all.
const kB = 1000
const between = ([low, high]) => low + Math.random() * (high - low)
const wait = seconds => new Promise(done => setTimeout(done, seconds * 1000))
const visible = () => document.visibilityState === 'visible'
let number = 0
const once = () => Math.round(performance.timeOrigin) + '-' + number++

const get = (host, size) => fetch(`https://${host}/bytes/${Math.round(size * kB)}?${once()}`)
	.then(answer => answer.arrayBuffer()).catch(() => {})
const code = (host, size) => fetch(`https://${host}/bytes/${Math.round(size * kB)}?v=1`)
	.then(answer => answer.arrayBuffer()).catch(() => {})
const tell = size => navigator.sendBeacon(`/tell?${once()}`, new Blob([new Uint8Array(size * kB)]))

async function every(span, act) {
	for (;;) {
		await wait(between(span))
		act()
	}
}

// Something was done: told home a moment later, all that was done meanwhile in one.
let telling = null
function done() {
	if (T.act && !telling)
		telling = setTimeout(() => { telling = null; tell(between(T.act)) }, between([1, 3]) * 1000)
}

// On being left all that still waited is told, in one.
function left() {
	clearTimeout(telling)
	telling = null
	tell(between(T.act))
}

// What every page of a feed does, whatever it shows.
function live() {
	if (T.presence) {
		const socket = new WebSocket(`wss://${T.feed}/presence`)
		setInterval(() => socket.readyState === 1 && socket.send('{"ping":"' + once() + '"}'), T.presence * 1000)
	}
	if (T.worker && navigator.serviceWorker)
		navigator.serviceWorker.register('/worker.js').catch(() => {})
	every(T.poll, () => get(T.feed, between(T.answer)))
	if (T.heartbeat)
		every(T.heartbeat, () => visible() && tell(between(T.act)))
	if (T.hidden_tell)
		every(T.hidden_tell, () => visible() || tell(between([0.4, 0.9])))
	if (T.hidden_poll)
		every([60, 75], () => visible() || get(T.feed, between(T.hidden_poll)))
	if (T.act)
		document.addEventListener('visibilitychange', () => visible() || left())
}

function post(size) {
	const box = document.createElement('div')
	const picture = new Image(600, 500)
	picture.loading = 'lazy'
	picture.src = `https://${T.media}/bytes/${Math.round(size * kB)}?${once()}`
	box.style.height = '640px'
	box.append(picture)
	document.body.append(box)
}

let loading = false
async function batch() {
	if (loading)
		return
	loading = true
	await get(T.feed, between(T.batch))
	for (let n = Math.round(between(T.pictures)); n > 0; n--)
		post(between(T.picture))
	loading = false
}

const start = {
	// An endless scroll.
	async feed() {
		live()
		await code(T.media, T.code[0])
		await batch()
		await batch()
		document.addEventListener('scroll', () => {
			done()
			if (scrollY + innerHeight > document.body.scrollHeight - 2000)
				batch()
		})
	},
	// One long post with a picture; nothing more comes.
	async read() {
		live()
		await code(T.media, T.code[0])
		await get(T.feed, between(T.batch))
		for (let n = 0; n < 3; n++)
			post(between(T.picture))
	},
	// Short clips, one after the other: next() is the person's.
	async clips() {
		live()
		await code(T.media, T.code[0])
		let ahead = get(T.media, between(T.chunk))
		let current = 0
		window.next = async () => {
			const mine = ++current
			done()
			await ahead
			ahead = get(T.media, between(T.chunk))
			for (let n = Math.round(between([1, 3])); n > 0; n--) {
				await wait(between([2, 4]))
				if (mine !== current)
					return
				get(T.media, between(T.chunk))
			}
			get(T.feed, between(T.batch))
		}
		window.next()
	},
	// A film in pieces, with a word home after 10, 20, 30 s and then every 40 s.
	async watch() {
		live()
		await code(T.feed, T.code[0])
		for (let n = 0; n < 6; n++)
			post(between([10, 40]))
		for (let n = 0; n < 3; n++)
			await get(T.media, between(T.chunk))
		every(T.chunk_gap, () => get(T.media, between(T.chunk)))
		for (const pause of [10, 10, 10])
			await wait(pause).then(() => get(T.feed, 0.1))
		every([40, 40], () => get(T.feed, 0.1))
	},
	// On other people's pages:
	async like() {
		await code(T.media, 250)
		setTimeout(() => tell(1), 2000)
	},
	async embed() {
		live_in_frame()
		await code(T.media, 400)
		post(between([100, 250]))
	},
	async player() {
		live_in_frame()
		await code(T.feed, 800)
		post(60)
		setTimeout(() => tell(2), 12000)
	},
	async dialog() {
		live_in_frame()
		await code(T.media, 300)
		setTimeout(() => tell(1.5), 2000)
	},
	// Somebody else's page: T.query.parts has what stands on it, "like:www.facebook.com", "pixel:…"
	async article() {
		for (const part of (T.query.parts || '').split(',').filter(p => p)) {
			const [kind, host] = part.split(':')
			if (kind === 'pixel') {
				new Image().src = `https://${host}/bytes/43?${once()}`
				setInterval(() => new Image().src = `https://${host}/bytes/43?${once()}`, 15000)
				continue
			}
			const frame = document.createElement('iframe')
			frame.width = frame.height = 600
			frame.src = `https://${host}/${kind}`
			document.body.append(frame)
		}
		for (let n = 0; n < 40; n++)
			document.body.append(Object.assign(document.createElement('p'), { textContent: 'News. '.repeat(200) }))
	},
}

// An embedded post, or a dialog, tells that it was seen, and that it no longer is.
function live_in_frame() {
	setTimeout(() => tell(between([1, 2])), 3000)
	document.addEventListener('visibilitychange', () => visible() || tell(between([1, 2])))
}

// A long upload in slices, one after the other.
window.upload = async megabytes => {
	const slice = new Blob([new Uint8Array(1000 * kB)])
	for (let n = 0; n < megabytes; n++)
		await fetch(`/upload?${once()}`, { method: 'POST', body: slice }).catch(() => {})
}

window.addEventListener('load', () => (start[T.kind] || (() => {}))())
