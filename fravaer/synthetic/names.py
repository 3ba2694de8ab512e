"""What are people called who do not exist?

Common given and family names put together by chance: Danish ones, and those of other backgrounds a Danish school class
holds today. A pair that happens to be somebody's name is nobody's record.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Background:
    """The names of one part of the population and the language its guardians may prefer."""

    girls: tuple[str, ...]
    boys: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    language: str
    # How many of the guardians prefer that language to Danish.
    prefer: float


def _list(text: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in text.split())


DANISH = Background(
    girls=_list("""
        Emma Ida Clara Freja Alma Ella Sofia Anna Laura Karla Josefine Olivia Nora Agnes Luna Isabella Lærke Alberte
        Mathilde Victoria Ellie Astrid Asta Liva Aya Frida Signe Johanne Filippa Merle Marie Caroline Maja Mille Sofie
        Julie Emilie Cecilie Naja Nanna Silje Smilla Sigrid Saga Sara Selma Solvej Thea Tilde Vigga Vilma Viola Villemo
        Bella Bertha Celina Dicte Ellen Esther Eva Gry Hannah Hjørdis Ingrid Iben Jasmin Kaja Karoline Katrine Kirstine
        Leonora Lilly Lykke Malou Maren Mynte My Olga Pernille Rakel Rose Ronja Rosa Sally Sille Stine Søs Tove Trine Uma
        Vera Zoë Åse Anne-Sofie Anna_Sofie Ida_Marie Mai-Britt Line Liv Louise Lea Augusta Anika Amalie Andrea
    """),
    boys=_list("""
        William Oscar Carl Malthe Emil Valdemar Noah August Aksel Alfred Victor Lucas Oliver Elliot Arthur Nohr Theo Felix
        Anton Lauge Magnus Liam Otto Viggo Frederik Konrad Storm Hugo Johan Albert Matheo Adam Alexander Anker Asger Arne
        Benjamin Bertram Bjørn Birk Carlo Christian Christoffer Daniel David Ebbe Eik Elias Erik Ernst Falke Filip Frode
        Georg Gustav Hannibal Hans Harald Hector Herman Holger Ivan Jakob Jens Jeppe Jonas Jonathan Julius Kasper Kristian
        Kristoffer Kåre Laurits Lasse Lars Leonard Loke Louis Ludvig Mads Marcus Marius Mathias Mikkel Mikael Milas Milo
        Nicklas Niels Nikolaj Nor Pelle Peter Philip Rasmus Samuel Sander Sebastian Sigurd Silas Simon Svend Søren Thor
        Theodor Thomas Tobias Tristan Uffe Vester Vilhelm Villads Villum Vitus Walter Walther Øjvind Åge Karl-Emil
    """),
    women=_list("""
        Mette Anne Hanne Louise Camilla Maria Charlotte Lene Pia Tina Rikke Susanne Trine Heidi Marianne Helle Line Stine
        Maja Sanne Kathrine Christina Pernille Tanja Dorthe Karina Ditte Signe Anja Malene Julie Sofie Sara Nanna Cecilie
        Birgitte Ann Gitte Lise Marlene Mia Michelle Nina Rebecca Sabrina Signe Simone Therese Ulla Vibeke Ida Ane Åse
    """),
    men=_list("""
        Lars Michael Jens Thomas Henrik Søren Christian Martin Jan Morten Jesper Anders Mads Peter Rasmus Niels Kasper
        Brian Kenneth Rune Jonas Claus Allan Torben Bo Carsten Steen Mikkel Simon Jakob Daniel Nicolai Kim Dennis Tommy
        Jacob Kristian Frank Ole Per Poul Ronni Stefan Troels Ulrik Uffe Kåre Bjarke Esben Asbjørn Jeppe Troels Øystein
    """),
    families=_list("""
        Nielsen Jensen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen Kristensen
        Olsen Thomsen Christiansen Poulsen Johansen Møller Mortensen Knudsen Jakobsen Jacobsen Mikkelsen Olesen
        Frederiksen Laursen Henriksen Lund Holm Schmidt Eriksen Kristiansen Simonsen Clausen Svendsen Andreasen Iversen
        Jeppesen Mogensen Jespersen Nissen Lauridsen Frandsen Østergaard Jepsen Mathiesen Carlsen Lauritsen Vestergaard
        Nygaard Friis Dahl Bertelsen Bruun Søgaard Kjær Bach Lassen Skov Bak Gregersen Thorsen Berg Dam Steffensen Kruse
        Toft Winther Krogh Bang Holst Juhl Brandt Enevoldsen Kjeldsen Thygesen Damgaard Nørgaard Ravn Lind Buch Bech Koch
        Munk Hald Hedegaard Aagaard Overgaard Kragh Riis Ibsen Storm Villadsen Bundgaard Mølgaard Skovgaard Kirkegaard
        Markussen Søndergaard Bisgaard Dalsgaard Thorup Bonde Falk Boesen Bendtsen Klausen Fischer Vang Vinther Ploug Fog
        Hjort Birk Bay Beck Daugaard Gade Gram Hjorth Højgaard Høj Højlund Kaas Kofoed Lykke Lysholm Meldgaard Mouritzen
        Nørskov Odgaard Pilgaard Præst Quist Rosenkilde Rye Sloth Stampe Tang Thorsager Trolle Ulstrup Vad Warming Wulff
        Ågård Åkjær Øgaard Ørsted Ørum Ærø Brink-Jensen Krag_Olesen Bjerre-Madsen Holm_Pedersen Lund_Nielsen
    """),
    language="da",
    prefer=1.0,
)

OTHERS: tuple[tuple[Background, float], ...] = (
    (
        Background(
            girls=_list(
                "Aisha Amal Amina Dina Fatima Hala Hiba Jana Khadija Lamar Layla Maryam Nour Rania Rim Safa Yara Zainab"
            ),
            boys=_list(
                "Abdullah Adnan Ahmad Ali Amir Bilal Hamza Hassan Ibrahim Karim Khalid Mohammad Omar Rami Sami Yusuf Zayd"
            ),
            women=_list("Amina Fatima Hanan Iman Khadija Leila Mariam Nadia Rana Salma Samira Zainab"),
            men=_list("Ahmad Ali Hassan Ibrahim Khaled Mahmoud Mohammad Mustafa Nabil Omar Samir Walid"),
            families=_list(
                "Abbas Abdallah Al-Khatib Al-Masri Darwish El-Haddad Farah Hamdan Haddad Issa Kassem Mansour Najjar Nasser "
                "Osman Saleh Taha Yassin Zidan"
            ),
            language="ar",
            prefer=0.35,
        ),
        0.05,
    ),
    (
        Background(
            girls=_list(
                "Aylin Azra Beyza Ceren Ebrar Elif Esma Merve Rüya Selin Sude Zehra Zeynep Çağla İrem"
            ),
            boys=_list("Ali Baran Berat Burak Deniz Emir Emre Enes Kaan Kerem Mert Mustafa Umut Yiğit Çınar"),
            women=_list("Ayşe Elif Emine Esra Fatma Gülsüm Hatice Meryem Sevgi Zeynep"),
            men=_list("Ahmet Ali Hasan Hüseyin İbrahim Kemal Mehmet Murat Mustafa Osman Yusuf"),
            families=_list(
                "Aydın Arslan Bulut Çelik Demir Doğan Kaya Kılıç Koç Korkmaz Özdemir Öztürk Şahin Yıldız Yılmaz"
            ),
            language="tr",
            prefer=0.15,
        ),
        0.03,
    ),
    (
        Background(
            girls=_list(
                "Aleksandra Alicja Amelia Hanna Julia Lena Maja Małgorzata Natalia Oliwia Wiktoria Zofia Zuzanna"
            ),
            boys=_list(
                "Adam Antoni Bartosz Filip Jakub Jan Kacper Maksymilian Michał Paweł Stanisław Szymon Wojciech"
            ),
            women=_list("Agnieszka Anna Ewa Joanna Katarzyna Magdalena Małgorzata Monika Renata"),
            men=_list("Adam Grzegorz Krzysztof Łukasz Marcin Michał Piotr Tomasz Wojciech"),
            families=_list(
                "Dąbrowski Górski Kamiński Kowalczyk Lewandowski Mazur Nowak Piotrowski Szymański Wiśniewski Wójcik Zając Żak"
            ),
            language="pl",
            prefer=0.5,
        ),
        0.02,
    ),
    (
        Background(
            girls=_list("Aleena Anaya Ayesha Fizza Hira Iqra Mahnoor Maira Sana Zara"),
            boys=_list("Ahsan Daniyal Faizan Hamid Haris Imran Rehan Saad Usman Zain"),
            women=_list("Asma Bushra Farah Nadia Rubina Saima Shazia"),
            men=_list("Asif Imran Kashif Nadeem Shahid Tariq Zafar"),
            families=_list(
                "Ahmed Akhtar Bhatti Butt Chaudhry Hussain Iqbal Khan Malik Mirza Qureshi Rana Sheikh"
            ),
            language="ur",
            prefer=0.2,
        ),
        0.015,
    ),
    (
        Background(
            girls=_list(
                "Aaliyah Chloé Emily Grace Inês Kateryna Lucía María Olena Renée Sofiia Thảo Zofija Ramona Ayaan"
            ),
            boys=_list(
                "Andrei Danylo José Kwame Liam Luca Mykola Nguyên Oleksandr René Ryan Tariku Zakaria Sergiu Tuan"
            ),
            women=_list("Andreea Elena Kateryna Linh María Natalia Oksana Sarah Tess"),
            men=_list("Andriy Carlos David James José Kwame Minh Mihai Viktor"),
            families=_list(
                "Bondarenko Brown García Ionescu Jovanović Kovačević Mensah Müller Nguyen Petrović Popescu Santos Shevchenko "
                "Smith Tesfaye Tran Warsame"
            ),
            language="en",
            prefer=0.4,
        ),
        0.045,
    ),
)


def background(random: Random) -> Background:
    """The part of the population a family belongs to."""
    place = random.random()
    for other, share in OTHERS:
        place -= share
        if place < 0:
            return other
    return DANISH


def family_name(random: Random, of: Background) -> str:
    """A family name; the first ones of a list are the common ones."""
    return of.families[int(len(of.families) * random.random() ** 1.6)]


def given_name(random: Random, of: Background, *, girl: bool) -> str:
    """A child's given name; the first ones of a list are the common ones."""
    names = of.girls if girl else of.boys
    return names[int(len(names) * random.random() ** 1.3)]


def grown_up_name(random: Random, of: Background, *, woman: bool) -> str:
    """A grown-up's given name."""
    return random.choice(of.women if woman else of.men)


SCHOOL_BEGINNINGS = _list("""
    Fjord Bakke Linde Skovbryn Mølle Havne Birke Enghøj Strandeng Ege Kirkebjerg Hassel Lærke Rose Tjørne Pile Bøge Elme
    Sønderlund Nørrevang Østervold Vesterled Kløver Hvede Rug Svane Stork Ugle Vibe Falke Ræve Hjorte Åbrink Søkær Kær
    Mose Lyng Klit Ø Høje
""")
SCHOOL_ENDINGS = ("skolen", "bakkeskolen", "vangskolen", "parkskolen", "gårdskolen", "holmskolen")


def school_names(count: int) -> list[str]:
    """Names of schools, none of them twice."""
    names = [beginning + ending for ending in SCHOOL_ENDINGS for beginning in SCHOOL_BEGINNINGS]
    rounds = -(-count // len(names))
    return [name if nth == 0 else f"{name} {nth + 1}" for nth in range(rounds) for name in names][:count]
