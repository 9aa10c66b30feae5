"""Chromium without a screen, driven by Debian's own selenium: what a person does with verify.html."""

import os
import shutil
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=en")


class Browser:
    """A fresh browser on a local page; use as a context manager."""

    def __init__(self, page):
        self.page = page
        self.profile = tempfile.mkdtemp(prefix="lbchrome", dir="/tmp")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in (*FLAGS, f"--user-data-dir={self.profile}", "--window-size=1100,1600"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, language="english"):
        self.driver.get("file://" + self.page)
        self.click(f"#{language}")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        assert found, f"nothing is {selector}: {self.text()[:3000]}"
        return found[0]

    def click(self, selector):
        self.driver.execute_script("arguments[0].click()", self.one(selector))

    def ask(self, script):
        """What a script gives; in one step, for the page may change between two."""
        return self.driver.execute_script(script)

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def trust(self, key):
        self.driver.execute_script("document.querySelector('.trust').open = true")
        self.one("#trusted").send_keys(key)

    def check(self, folder, patience=120):
        """Chooses a folder; what the verdict says: holds, fails or broken."""
        self.one("#folder").send_keys(folder)
        return self.verdict(patience)

    def verdict(self, patience=120):
        """What the check ends with."""
        return self.wait(lambda: self.ask("const it = document.querySelector('#verdict')?.dataset.state; return it === 'running' ? null : it"), patience)

    def wait(self, condition, patience=20):
        deadline = time.monotonic() + patience
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < deadline, self.text()[:3000]
            time.sleep(0.05)

    def codes(self):
        return set(self.ask("return [...document.querySelectorAll('.findings > li')].map((item) => item.dataset.code)"))

    def complaints(self):
        """What the browser's console has: errors, and everything that the page's policy refused."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def picture(self, path):
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        self.driver.set_window_size(1100, min(height + 150, 6000))
        self.driver.save_screenshot(path)


def in_sources(*parts):
    return os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), *parts)
