"""The benchmark's crawl with Scrapy, for comparison: every list page and article of `fazhi-portal --bench N`.

usage: scrapy_spider.py BASE_URL

Nothing is stored: bodies are counted and dropped. `robots.txt` is obeyed, there is no delay, 32 requests run at a time.
Prints one line of JSON: `pages` (articles), `lists`, `failed`, `bytes` (inflated), `seconds` (of the crawl, without the
start of Python), `cpu_seconds` (user and system, likewise), `peak_rss_kb` (of the whole process). Needs `pip install scrapy`.
"""

import json
import resource
import sys
import time

import scrapy
from scrapy.crawler import CrawlerProcess

COUNTS = {"pages": 0, "lists": 0, "failed": 0, "bytes": 0}


class Reports(scrapy.Spider):
    name = "reports"

    def __init__(self, base_url, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [base_url.rstrip("/") + "/list/index.html"]

    def parse(self, response):
        COUNTS["lists"] += 1
        COUNTS["bytes"] += len(response.body)
        for href in response.css("ul.news-list a::attr(href)").getall():
            yield response.follow(href, self.parse_article, errback=self.failed)
        following = response.xpath("//a[normalize-space()='下一页']/@href").get()
        if following:
            # Lists go first, or a million articles would wait for the last of them.
            yield response.follow(following, self.parse, errback=self.failed, priority=1)

    def parse_article(self, response):
        COUNTS["pages"] += 1
        COUNTS["bytes"] += len(response.body)

    def failed(self, failure):
        COUNTS["failed"] += 1


SETTINGS = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
    "COOKIES_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "LOG_ENABLED": False,
    "ROBOTSTXT_OBEY": True,
    "TELNETCONSOLE_ENABLED": False,
    "USER_AGENT": "scrapy-benchmark",
}


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scrapy_spider.py BASE_URL")
    process = CrawlerProcess(SETTINGS)
    process.crawl(Reports, base_url=sys.argv[1])
    started, cpu_before = time.monotonic(), cpu_seconds()
    process.start()
    seconds, cpu = time.monotonic() - started, cpu_seconds() - cpu_before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        peak //= 1024  # bytes there, kilobytes elsewhere
    print(json.dumps(COUNTS | {"seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3), "peak_rss_kb": peak}))
    return 0 if COUNTS["pages"] > 0 and COUNTS["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
