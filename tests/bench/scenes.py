"""The sessions of the truth rig: what a person does, one row each.

`unseen` sessions (a third, marked before the meter was first measured) are never looked at while the
meter's parameters are chosen; the table sums them up apart. One that was looked at for a change of
the meter is unseen no more, and a new one takes its place (login_beside_post for login_button and
login_again, back_later for back_again). `also` names sites whose time has to be right too (0 s when they are never in front of
the person).
"""

from feeds import FILES, NEWS, SITES

BOUND_SEC, BOUND_SHARE = 5, 0.03

class Scene:
    def __init__(self, play, site, **options):
        self.play, self.site = play, site
        self.what = play.__doc__
        self.unseen = options.get("unseen", False)
        self.sites = (site, *options.get("also", ()))
        self.download = options.get("download", False)  # a neighbour's, all the while
        self.logind = options.get("logind", False)  # there is one, and it tells
        # What nobody at all could know, in seconds: too much until it is told, too little at the end.
        self.late = options.get("late", 0)
        self.unseen_look = options.get("unseen_look", 0)
        self.unknown = ("told %d s late" % self.late if self.late else
                        "last look unseen" if self.unseen_look else "")
        quic = options.get("quic", False)
        self.quic = [SITES[site]["feed"], SITES[site]["media"]] if quic else []

    def trouble(self, true, ours):
        """What is wrong with so many seconds, if anything is."""
        if true == 0:
            return "not 0" if ours > 0 else ""
        bound = max(BOUND_SEC, BOUND_SHARE * true)
        return "" if -bound - self.unseen_look <= ours - true <= bound + self.late else "off"


SCENES = {}


def scene(site, **options):
    def add(play):
        SCENES[play.__name__.replace("_", "-")] = Scene(play, site, **options)
        return play
    return add


def url(site, kind):
    return "https://%s/%s" % (SITES[site]["feed"], kind)


def article(*parts):
    return "https://%s/article?parts=%s" % (NEWS, ",".join(parts))


def visit(p, site, kind="feed"):
    return p.open(url(site, kind), site)


def news(p, *parts):
    return p.open(article(*parts))


# Attended from the first to the last second.

@scene("instagram")
def scroll_instagram(p):
    """endless scroll, pictures from a cdn"""
    tab = visit(p, "instagram")
    p.scroll_for(170)
    p.close(tab)


@scene("facebook")
def scroll_facebook(p):
    """endless scroll, with long looks"""
    tab = visit(p, "facebook")
    p.scroll_for(150, (2, 30))
    p.close(tab)


@scene("x", unseen=True)
def scroll_x(p):
    """endless scroll"""
    tab = visit(p, "x")
    p.scroll_for(140, (1, 14))
    p.close(tab)


@scene("reddit")
def scroll_reddit(p):
    """endless scroll, one address for all"""
    tab = visit(p, "reddit")
    p.scroll_for(130, (2, 15))
    p.close(tab)


# The last look, of up to 10 s, is seen by nobody: the site counts 4 s for it (its tail).
@scene("mastodon", unseen_look=6)
def scroll_mastodon(p):
    """endless scroll, tells nothing home"""
    tab = visit(p, "mastodon")
    p.scroll_for(150, (2, 10))
    p.close(tab)


@scene("facebook", unseen=True)
def read_after_scroll(p):
    """scroll, then read on without scrolling"""
    tab = visit(p, "facebook")
    p.scroll_for(30)
    p.wait(140, 160)
    p.close(tab)


@scene("reddit")
def read_one_post(p):
    """one post, read for minutes"""
    tab = visit(p, "reddit", "read")
    p.wait(180, 200)
    p.close(tab)


@scene("facebook")
def read_two_posts(p):
    """two posts, read one after the other"""
    tab = visit(p, "facebook", "read")
    p.wait(70, 90)
    p.close(tab)
    tab = visit(p, "facebook", "read")
    p.wait(60, 80)
    p.close(tab)


@scene("x", unseen=True)
def three_visits(p):
    """three short visits, news in between"""
    for _ in range(3):
        tab = visit(p, "x")
        p.scroll_for(p.dice.uniform(25, 40), (2, 8))
        p.close(tab)
        other = news(p)
        p.wait(20, 45)
        p.close(other)


def clips(p, site, seconds):
    tab = visit(p, site, "clips")
    for _ in range(int(seconds / 12)):
        p.wait(4, 20)
        p.call("next()")
    p.wait(3, 8)
    p.close(tab)


@scene("instagram", unseen=True)
def clips_instagram(p):
    """short clips"""
    clips(p, "instagram", 120)


@scene("tiktok")
def clips_tiktok(p):
    """short clips"""
    clips(p, "tiktok", 150)


@scene("youtube")
def watch_youtube(p):
    """a film in pieces, 5 to 20 s apart"""
    tab = visit(p, "youtube", "watch")
    p.wait(230, 250)
    p.close(tab)


@scene("twitch", unseen=True)
def watch_twitch(p):
    """a live stream"""
    tab = visit(p, "twitch", "watch")
    p.wait(140, 160)
    p.close(tab)


@scene("tiktok", quic=True)
def scroll_http3(p):
    """endless scroll over QUIC"""
    tab = visit(p, "tiktok")
    p.scroll_for(110)
    p.close(tab)


# Attended for a part of the time only.

@scene("facebook")
def background_facebook(p):
    """scroll, then the tab stays behind"""
    visit(p, "facebook")
    p.scroll_for(45)
    news(p)
    p.wait(150, 170)


@scene("x", unseen=True)
def background_x(p):
    """the same; it asks for its timeline"""
    visit(p, "x")
    p.scroll_for(50)
    news(p)
    p.wait(150, 170)


@scene("instagram")
def background_only(p):
    """opened behind, never looked at"""
    news(p)
    p.open_behind(url("instagram", "feed"))
    p.wait(120, 130)


@scene("instagram", unseen=True)
def five_tabs(p):
    """five tabs of one site, one after the other"""
    tabs = [visit(p, "instagram") for _ in range(5)]
    for tab in tabs * 2:
        p.turn_to(tab)
        p.scroll_for(10, (2, 5))
    p.close(tabs[0])
    news(p)
    p.wait(60, 80)


@scene("reddit", also=("x",))
def two_sites(p):
    """two sites, from one to the other and back"""
    first = visit(p, "reddit")
    p.scroll_for(40)
    second = visit(p, "x")
    p.scroll_for(40)
    p.turn_to(first)
    p.scroll_for(30)
    p.turn_to(second)
    p.scroll_for(30)
    p.close(second)


@scene("facebook")
def upload(p):
    """an upload of minutes, the person elsewhere"""
    tab = visit(p, "facebook")
    p.scroll_for(40)
    p.call("upload(90)")
    other = news(p)
    p.wait(110, 120)
    p.close(other)
    p.turn_to(tab)
    p.scroll_for(25)
    p.close(tab)


@scene("instagram")
def back_again(p):
    """idle connection, used again after 100 s"""
    tab = visit(p, "instagram")
    p.scroll_for(45)
    other = news(p)
    p.wait(95, 105)
    p.close(other)
    p.turn_to(tab)
    p.scroll_for(45)
    p.close(tab)


@scene("facebook", unseen=True)
def back_later(p):
    """left behind twice, used again each time"""
    tab = visit(p, "facebook")
    p.scroll_for(35)
    for seconds in (70, 110):
        other = news(p)
        p.wait(seconds, seconds + 25)
        p.close(other)
        p.turn_to(tab)
        p.scroll_for(30)
    p.close(tab)


@scene("youtube", logind=True)
def suspend(p):
    """the machine sleeps for 90 s in the middle"""
    tab = visit(p, "youtube")
    p.scroll_for(50)
    p.gone("sleep", 90)
    p.scroll_for(40)
    p.close(tab)


@scene("youtube", logind=True)
def lock(p):
    """the film goes on behind a locked screen"""
    tab = visit(p, "youtube", "watch")
    p.wait(60, 70)
    p.gone("lock", 80)
    p.wait(30, 40)
    p.close(tab)


@scene("facebook", logind=True, unseen=True)
def lock_twice(p):
    """a quick lock, and a longer one"""
    tab = visit(p, "facebook")
    p.scroll_for(30)
    p.gone("lock", 20)
    p.scroll_for(20)
    p.gone("lock", 75)
    p.scroll_for(20)
    p.close(tab)


# A desktop says "idle" long after the last touch. What was counted by then is not taken back: logind's
# IdleSinceHint is the time at which it was told (session_set_idle_hint), not that of the last touch, and how long a
# desktop waits is its own setting; and what is used never falls.
@scene("facebook", logind=True, late=30)
def idle(p):
    """gone, the page in front; idle after 30 s"""
    tab = visit(p, "facebook")
    p.scroll_for(60)
    p.gone("idle", 60, 30)
    p.scroll_for(20)
    p.close(tab)


# Never in front of the person.

@scene("facebook")
def pixel(p):
    """a pixel on other people's pages"""
    for _ in range(3):
        tab = news(p, "pixel:www.facebook.com")
        p.scroll_for(30)
        p.close(tab)


@scene("facebook")
def like_button(p):
    """a like button on three pages"""
    for _ in range(3):
        tab = news(p, "like:www.facebook.com", "pixel:www.facebook.com")
        p.scroll_for(35)
        p.close(tab)


@scene("instagram", unseen=True)
def embedded_post(p):
    """an embedded post on two pages"""
    for _ in range(2):
        tab = news(p, "embed:www.instagram.com")
        p.scroll_for(50)
        p.close(tab)


@scene("youtube")
def embedded_player(p):
    """an embedded film that nobody starts"""
    tab = news(p, "player:www.youtube.com")
    p.scroll_for(80)
    p.close(tab)


@scene("facebook")
def login_button(p):
    """signing in elsewhere"""
    tab = news(p, "like:www.facebook.com")
    p.wait(15, 20)
    dialog = p.open(url("facebook", "dialog"))
    p.wait(15, 20)
    p.close(dialog)
    p.turn_to(tab)
    p.scroll_for(30)


@scene("x")
def login_again(p):
    """signing in elsewhere, the password twice"""
    tab = news(p)
    p.wait(10, 15)
    for _ in range(2):
        dialog = p.open(url("x", "dialog"))
        p.wait(12, 18)
        p.close(dialog)
    p.turn_to(tab)
    p.scroll_for(30)


@scene("instagram", unseen=True)
def login_beside_post(p):
    """an embedded post, and signing in there"""
    tab = news(p, "embed:www.instagram.com")
    p.scroll_for(p.dice.uniform(15, 25))
    dialog = p.open(url("instagram", "dialog"))
    p.wait(15, 20)
    p.close(dialog)
    p.turn_to(tab)
    p.scroll_for(30)


@scene("reddit", download=True)
def neighbour(p):
    """a download from the site's address"""
    news(p)
    p.scroll_for(90)


@scene("reddit", download=True, unseen=True)
def neighbour_and_visit(p):
    """the same, with a visit in between"""
    other = news(p)
    p.wait(25, 30)
    tab = visit(p, "reddit")
    p.scroll_for(60)
    p.close(tab)
    p.turn_to(other)
    p.wait(25, 30)
